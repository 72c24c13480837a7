// The bank's callback as the application before this one took it: no signature, no double entry, no idempotency but the
// order's status. Queries as pg's documentation shows them; PREPARED=1 names them, so that each is planned once.
//
// WORKERS processes share one port. PGHOST, PGUSER, PGDATABASE, PORT; POOL: connections of each worker.
"use strict";

const cluster = require("node:cluster");
const express = require("express");
const { Pool } = require("pg");

const workers = Number(process.env.WORKERS ?? 1);

if (workers > 1 && cluster.isPrimary) {
  for (let worker = 0; worker < workers; worker++) cluster.fork();
} else {
  const pool = new Pool({ max: Number(process.env.POOL ?? 10) });
  const isPrepared = process.env.PREPARED === "1";
  const query = (name, text, values) => (isPrepared ? { name, text, values } : { text, values });
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.use(express.json());

  app.get("/healthz", (_request, response) => response.json({ status: "alive" }));

  app.post("/hdfcWebhook", async (request, response) => {
    const { token, user_identifier: user, amount } = request.body;
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const found = await client.query(
        query("status", 'SELECT status FROM "OnRampTransaction" WHERE token = $1', [token]),
      );
      if (found.rows[0]?.status !== "Processing") {
        await client.query("ROLLBACK");
        return response.status(400).json({ message: "Already processed" });
      }
      await client.query(
        query("balance", 'UPDATE "Balance" SET amount = amount + $1 WHERE "userId" = $2', [Number(amount), Number(user)]),
      );
      await client.query(
        query("order", `UPDATE "OnRampTransaction" SET status = 'Success' WHERE token = $1`, [token]),
      );
      await client.query("COMMIT");
      response.json({ message: "Captured" });
    } catch (error) {
      await client.query("ROLLBACK").catch(() => {});
      console.error(error);
      response.status(500).json({ message: "Error while processing webhook" });
    } finally {
      client.release();
    }
  });

  app.listen(Number(process.env.PORT), "127.0.0.1");
}
