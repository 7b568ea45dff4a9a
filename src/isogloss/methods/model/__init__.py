"""Methods that act on the model first."""
