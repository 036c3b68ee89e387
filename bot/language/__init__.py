"""Between people and the model: phrases, fields, dates, messages, catalogs."""
