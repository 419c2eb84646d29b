"""Pure domain of the wall: walls, displays, layouts, cells, commands. No I/O, no clock, no asyncio."""
