"""Which languages to learn from, and what to expect: features, ranking and forecasts."""
