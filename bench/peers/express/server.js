// What the original webhook did for an on-ramp, on Express 5 and pg: no signature, no double entry, one transaction a
// request. Its status check is part of the update, which spares it a statement. Connection: PG* variables.
const cluster = require("node:cluster");
const express = require("express");
const { Pool } = require("pg");

const workers = Number(process.env.PEER_WORKERS);

async function credit(pool, { token, user_identifier: user, amount }) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const marked = await client.query({
      name: "mark",
      text: `UPDATE peer_onramp SET status = 'Success' WHERE token = $1 AND status = 'Processing'`,
      values: [token],
    });
    if (marked.rowCount === 1) {
      await client.query({
        name: "credit",
        text: "UPDATE peer_balance SET amount = amount + $1 WHERE user_id = $2",
        values: [amount, user],
      });
    }
    await client.query("COMMIT");
    return marked.rowCount === 1;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

function serve() {
  const pool = new Pool({ max: Number(process.env.PEER_POOL) });
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(express.json());
  app.get("/healthz", (_request, response) => response.json({}));
  app.post("/hdfcWebhook", async (request, response) => {
    const credited = await credit(pool, request.body);
    response.status(credited ? 200 : 400).json({ message: credited ? "captured" : "already processed" });
  });
  app.listen(Number(process.env.PEER_PORT), "127.0.0.1");
}

if (cluster.isPrimary && workers > 1) {
  for (let number = 0; number < workers; number += 1) cluster.fork();
} else {
  serve();
}
