"""What methods may ask for beside labelled sources: text, bitext, dictionaries, translators."""
