"""The running assistant: app.py puts the pieces together, model/ is what it is all about."""
