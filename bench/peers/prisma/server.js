// The bank's callback as bench/peers/express takes it, with Prisma in the place of SQL: a look at the order's status, then
// both updates in one transaction. WORKERS processes share one port. PGHOST, PGUSER, PGDATABASE, PORT; POOL.
import cluster from "node:cluster";
import { PrismaPg } from "@prisma/adapter-pg";
import express from "express";
import { PrismaClient } from "./generated/client.ts";

const workers = Number(process.env.WORKERS ?? 1);

if (workers > 1 && cluster.isPrimary) {
  for (let worker = 0; worker < workers; worker++) cluster.fork();
} else {
  const { PGHOST: host, PGUSER: user, PGDATABASE: database } = process.env;
  const adapter = new PrismaPg({ host, user, database, max: Number(process.env.POOL ?? 10) });
  const prisma = new PrismaClient({ adapter });
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.use(express.json());

  app.get("/healthz", (_request, response) => response.json({ status: "alive" }));

  app.post("/hdfcWebhook", async (request, response) => {
    const { token, user_identifier: user, amount } = request.body;
    try {
      const order = await prisma.onRampTransaction.findUnique({ where: { token }, select: { status: true } });
      if (order?.status !== "Processing") return response.status(400).json({ message: "Already processed" });
      await prisma.$transaction([
        prisma.balance.updateMany({ where: { userId: Number(user) }, data: { amount: { increment: Number(amount) } } }),
        prisma.onRampTransaction.updateMany({ where: { token }, data: { status: "Success" } }),
      ]);
      response.json({ message: "Captured" });
    } catch (error) {
      console.error(error);
      response.status(500).json({ message: "Error while processing webhook" });
    }
  });

  app.listen(Number(process.env.PORT), "127.0.0.1");
}
