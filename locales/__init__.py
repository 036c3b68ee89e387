"""The catalogs: one folder per language, found the same way from a checkout and from a wheel."""
