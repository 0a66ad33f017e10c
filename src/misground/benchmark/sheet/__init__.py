"""`misground sheet`: a contact sheet with one example of each kind of question."""
