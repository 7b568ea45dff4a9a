"""Methods that act on the model of a target language first."""
