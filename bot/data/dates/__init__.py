"""The words with which people say when, a pair of files for each language."""
