"""The report on runs (HTML, Markdown, PDF) and the explorer of questions and replies."""
