CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price_cents INTEGER NOT NULL);

INSERT INTO products (name, price_cents)
VALUES
    ('Bird feeder', 2450), ('Nesting box', 3900), ('Sunflower seeds, 2 kg', 890), ('Suet balls', 640),
    ('Binoculars', 12900), ('Field guide', 2200), ('Rain cape', 4500), ('Thermos flask', 3150),
    ('Bird bath', 5400), ('Dawn chorus, the record', 1890), ('Garden shears', 2700), ('Birch broom', 1650);
