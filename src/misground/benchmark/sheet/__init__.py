"""`misground sheet`: a contact sheet, one picture for each kind of question."""
