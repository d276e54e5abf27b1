"use strict";
// What the page can do beyond showing: reading a timeline at any time, leaving variants out, sorting tables.
// Nothing here is needed to read the page, and a part that isn't there is passed over.
(() => {
  const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const STEPS = 300;

  // As Python writes numbers: halves go to the even digit.
  function fixed(value, digits) {
    const scaled = value * 10 ** digits;
    const half = scaled % 1 === 0.5 && (value * 8) % 1 === 0;
    return (half ? (2 * Math.round(scaled / 2)) / 10 ** digits : value).toFixed(digits);
  }

  function significant(value) {
    return fixed(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
  }

  function sizeText(bytes) {
    let value = Math.abs(bytes), unit = 0;
    for (; value >= 1023.5 && unit + 1 < UNITS.length; unit += 1) value /= 1024;
    const number = unit ? significant(value) : fixed(value, 0);
    return `${bytes < 0 && Number(number) ? "-" : ""}${number} ${UNITS[unit]}`;
  }

  function timeText(seconds) {
    if (!seconds) return "0 s";
    if (seconds < 0.9995e-3) return `${significant(seconds * 1e6)} µs`;
    if (seconds < 0.9995) return `${significant(seconds * 1e3)} ms`;
    if (seconds < 59.95) return `${significant(seconds)} s`;
    const [size, long, short] = fixed(seconds, 0) < 3600 ? [1, "min", "s"] : [60, "h", "min"];
    const whole = Number(fixed(seconds / size, 0));
    return `${Math.floor(whole / 60)} ${long}${whole % 60 ? ` ${whole % 60} ${short}` : ""}`;
  }

  function set(element, attributes) {
    for (const key in attributes) element.setAttribute(key, attributes[key]);
  }

  function make(name, attributes = {}, ...children) {
    const drawn = ["svg", "line", "circle"].includes(name);
    const element = document.createElementNS(drawn ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml", name);
    set(element, attributes);
    element.append(...children);
    return element;
  }

  // The size of a variant at a time and the innermost phase it is in then; null when it has ended.
  function readAt(variant, seconds) {
    const index = variant.ends.findIndex((end) => end >= seconds - 1e-9);
    if (index < 0) return null;
    const inside = variant.phases.filter(([, start, end]) => start <= seconds && seconds <= end);
    const innermost = inside.reduce((best, one) => (best && best[1] > one[1] ? best : one), null);
    return { bytes: variant.bytes[index], phase: innermost ? innermost[0] : "" };
  }

  const ends = (numbers) => [Math.min(...numbers), Math.max(...numbers)];

  function readTimeline(figure) {
    const prefix = figure.dataset.timeline;
    const source = document.getElementById(`${prefix}-data`);
    const area = document.getElementById(`${prefix}-timeline.plot`)?.querySelector("path");
    const svg = area?.closest("svg");
    if (!source || !svg) return;
    const { plot, variants } = JSON.parse(source.textContent);
    const corners = area.getAttribute("d").match(/-?[\d.]+/g).map(Number);
    const [left, right] = ends(corners.filter((_, index) => index % 2 === 0));
    const [top, bottom] = ends(corners.filter((_, index) => index % 2));

    const hair = make("line", { class: "crosshair", y1: top, y2: bottom, visibility: "hidden" });
    svg.append(hair);
    const slider = make("input", { type: "range", min: 0, max: STEPS, value: 0, "aria-label": "Time" });
    const view = svg.viewBox.baseVal, percent = (points) => `${(points / view.width) * 100}%`;
    // Its knob stands below the line it moves.
    slider.style.marginLeft = `calc(${percent(left - view.x)} - 8px)`;
    slider.style.width = `calc(${percent(right - left)} + 16px)`;
    const when = make("span", { class: "when" });
    const body = make("tbody"), phased = variants.some((variant) => variant.phases.length);
    const rows = variants.map((variant, number) => {
      const parts = [...svg.querySelectorAll(`[data-variant="${number}"]`)];
      const stroke = document.getElementById(`${prefix}-timeline.${number}.sample`)?.querySelector("path");
      const style = stroke?.getAttribute("style") ?? "";
      const sample = make("svg", { viewBox: "0 0 24 8", "aria-hidden": "true" });
      sample.append(make("line", { x1: 1, x2: 23, y1: 4, y2: 4, style }));
      const button = make("button", { type: "button", "aria-pressed": "true" }, sample, variant.name);
      const dot = make("circle", { class: "crosshair", r: 3, visibility: "hidden" });
      dot.style.fill = stroke?.style.stroke ?? "";
      svg.append(dot);
      const size = make("td", { class: "number" }), phase = make("td");
      body.append(make("tr", {}, make("th", { scope: "row" }, button), size, ...(phased ? [phase] : [])));
      const highest = variant.bytes.indexOf(Math.max(...variant.bytes));
      const peak = ((variant.ends[highest - 1] ?? 0) + variant.ends[highest]) / 2;
      const one = { variant, dot, size, phase, peak, shown: true };
      button.addEventListener("click", () => {
        one.shown = !one.shown;
        button.setAttribute("aria-pressed", String(one.shown));
        for (const part of parts) part.style.display = one.shown ? "" : "none";
        show();
      });
      return one;
    });
    let seconds = null;

    function show() {
      const x = left + (seconds / plot.seconds) * (right - left);
      set(hair, { x1: x, x2: x, visibility: seconds === null ? "hidden" : "visible" });
      const said = [];
      for (const one of rows) {
        const found = readAt(one.variant, seconds ?? one.peak);
        const seen = one.shown && found !== null;
        one.size.textContent = !one.shown ? "–" : seen ? sizeText(found.bytes) : "ended";
        one.phase.textContent = seen ? found.phase : "";
        const height = ((found?.bytes ?? 0) - plot.low) / (plot.high - plot.low);
        const visibility = seen && seconds !== null ? "visible" : "hidden";
        set(one.dot, { cx: x, cy: bottom - height * (bottom - top), visibility });
        const inPhase = seen && found.phase ? `, ${found.phase}` : "";
        if (one.shown) said.push(`${one.variant.name} ${one.size.textContent}${inPhase}`);
      }
      when.textContent = seconds === null ? "of each at its highest" : `at ${timeText(seconds)}`;
      slider.setAttribute("aria-valuetext", `${when.textContent}: ${said.join("; ")}`);
    }

    function moveTo(step) {
      slider.value = String(step);
      seconds = (Number(slider.value) / STEPS) * plot.seconds;
      show();
    }

    function point(event) {
      const box = svg.getBoundingClientRect();
      const x = view.x + ((event.clientX - box.left) / box.width) * view.width;
      if (x >= left - 4 && x <= right + 4) moveTo(((x - left) / (right - left)) * STEPS);
    }

    slider.addEventListener("input", () => moveTo(slider.value));
    // A finger that moves scrolls; it reads where it touches.
    svg.addEventListener("pointermove", (event) => event.pointerType === "touch" || point(event));
    svg.addEventListener("click", (event) => {
      point(event);
      slider.focus({ preventScroll: true });
    });
    figure.addEventListener("keydown", (event) => {
      // Where the slider stands at its beginning already, it says nothing of this key.
      if (event.key === "Home" && event.target === slider) moveTo(0);
      if (event.key !== "Escape") return;
      seconds = null;
      show();
    });
    const head = make("tr", {}, make("th", { scope: "col" }, "variant"));
    head.append(make("th", { scope: "col", class: "number" }, "memory"));
    if (phased) head.append(make("th", { scope: "col" }, "phase"));
    const table = make("table", {}, make("caption", {}, "Memory ", when), make("thead", {}, head), body);
    const reading = make("div", { class: "reading" }, slider, table);
    (svg.parentElement === figure ? svg : svg.parentElement).after(reading);
    show();
  }

  function makeSortable(table) {
    const headers = [...table.querySelectorAll("thead th[data-sort]")];
    for (const header of headers) {
      const button = make("button", { type: "button" }, ...header.childNodes);
      const numeric = header.dataset.sort === "number";
      header.append(button);
      button.addEventListener("click", () => {
        // Numbers begin with the largest, words with the first.
        const before = header.getAttribute("aria-sort") ?? (numeric ? "ascending" : "descending");
        const rising = before === "descending";
        for (const other of headers) other.removeAttribute("aria-sort");
        header.setAttribute("aria-sort", rising ? "ascending" : "descending");
        for (const body of table.tBodies) sortRows(body, header.cellIndex, numeric, rising ? 1 : -1);
      });
    }
  }

  function sortRows(body, column, numeric, direction) {
    const keyed = [...body.rows].map((row) => ({ row, key: row.cells[column]?.dataset.value ?? "" }));
    keyed.sort((one, other) => {
      // What has no value comes last, whichever way.
      if (!one.key || !other.key) return (one.key ? 0 : 1) - (other.key ? 0 : 1);
      return direction * (numeric ? one.key - other.key : one.key < other.key ? -1 : one.key > other.key ? 1 : 0);
    });
    body.append(...keyed.map(({ row }) => row));
  }

  document.querySelectorAll("figure[data-timeline]").forEach(readTimeline);
  document.querySelectorAll("table.sortable").forEach(makeSortable);
})();
