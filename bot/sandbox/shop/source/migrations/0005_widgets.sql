CREATE TABLE widgets (name TEXT PRIMARY KEY);

INSERT INTO widgets VALUES ('news'), ('offers'), ('orders'), ('weather');
