"""What tasks ask: fields and their checks, labels, entities."""
