"""What a benchmark can show before any run: the smallest difference of each planned contrast."""
