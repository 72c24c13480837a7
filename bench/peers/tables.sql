-- The tables of the application before this one, as its Prisma schema made them: as many people and orders as ours have.
CREATE TYPE "OnRampStatus" AS ENUM ('Success', 'Failure', 'Processing');
CREATE TABLE "User" (id serial PRIMARY KEY, email text UNIQUE, name text, number text NOT NULL UNIQUE, password text NOT NULL);
CREATE TABLE "OnRampTransaction" (
    id serial PRIMARY KEY,
    status "OnRampStatus" NOT NULL,
    token text NOT NULL UNIQUE,
    provider text NOT NULL,
    amount integer NOT NULL,
    "startTime" timestamp(3) NOT NULL,
    "userId" integer NOT NULL REFERENCES "User" (id) ON UPDATE CASCADE ON DELETE RESTRICT
);
CREATE TABLE "Balance" (
    id serial PRIMARY KEY,
    "userId" integer NOT NULL UNIQUE REFERENCES "User" (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    amount integer NOT NULL,
    locked integer NOT NULL
);
INSERT INTO "User" (name, number, password) SELECT name, phone, password_hash FROM person ORDER BY id;
INSERT INTO "Balance" ("userId", amount, locked) SELECT id, 0, 0 FROM "User" ORDER BY id;
