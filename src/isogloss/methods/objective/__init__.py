"""Methods that change the loss or the training."""
