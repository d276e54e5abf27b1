"""What the operating system and the allocator say: marks, /proc, malloc, resolution. Standard library only."""
