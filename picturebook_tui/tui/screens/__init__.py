"""One file a screen: each answers with ``dismiss(value)`` or asks the app to go on."""
