"""What is said to a model, and how its answer is read: the prompt and the extraction of the chosen option."""
