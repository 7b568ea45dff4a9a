"""The front doors for somebody who has data or languages, and no study yet."""
