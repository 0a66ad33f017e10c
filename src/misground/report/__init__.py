"""The page that people read, and the explorer."""
