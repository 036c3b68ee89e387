"""The command line: what an admin, a teacher at home or a translator types after `comenius`."""
