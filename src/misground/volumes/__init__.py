"""A scan and its labels in one frame: reading, orientation, windowing."""
