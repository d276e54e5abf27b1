"""A page of Markdown that keeps within its limit."""

from __future__ import annotations

from memlab.render.markdown_page import Page

PARTS = [f"part {number}\n" for number in range(10)]


def test_what_has_room_is_added_whole() -> None:
    page = Page(30, reserved="end\n")
    assert page.room == 26
    assert page.add("x" * 20)
    assert not page.add("é" * 4)
    assert page.add("é" * 3)
    assert page.ended("end\n") == "x" * 20 + "ééé" + "end\n"


def test_parts_that_have_no_room_are_counted() -> None:
    page = Page(100, reserved="")
    page.each(PARTS, "before\n", "after\n", share=0.6)
    assert page.ended("") == "before\npart 0\npart 1\npart 2\npart 3\n\n… and 6 more\nafter\n"
    page = Page(1000, reserved="")
    page.each(PARTS, most=3)
    assert page.ended("") == "part 0\npart 1\npart 2\n\n… and 7 more\n"
    page.each([], "before", "after")
    assert "before" not in page.ended("")


def test_what_is_folded_says_how_much_it_is() -> None:
    page = Page(1000, reserved="")
    page.folded("Title", "opening\n", PARTS[:2], share=1)
    assert page.ended("") == "<details><summary>Title: 2</summary>\n\nopening\npart 0\npart 1\n\n</details>\n\n"


def test_what_is_folded_without_a_number_is_there_with_a_part_or_not_at_all() -> None:
    page = Page(150, reserved="")
    assert not page.folded_parts("Title", "", ["x" * 100], share=1)
    assert page.ended("") == ""
    assert page.folded_parts("Title", "", ["x" * 40], share=1)
    assert page.ended("") == f"<details><summary>Title</summary>\n\n{'x' * 40}\n</details>\n\n"
