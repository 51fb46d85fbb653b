CREATE TABLE offers (product_id INTEGER PRIMARY KEY REFERENCES products (id), percent INTEGER NOT NULL);

INSERT INTO offers VALUES (3, 10), (6, 15), (9, 5);
