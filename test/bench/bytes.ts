import fastify from 'fastify';

/*
 * A bare Fastify route that answers with the same bytes: they are asked of Galley once for each URL, and lie in a map. What
 * Galley's cached reads cost is measured against it.
 */

const galley = process.env['GALLEY_URL'] ?? '';
const answers = new Map<string, Buffer>();

const app = fastify();
app.get('/*', async ({ url }, reply) => {
  const bytes = answers.get(url) ?? Buffer.from(await (await fetch(galley + url)).arrayBuffer());
  answers.set(url, bytes);
  return reply.header('content-type', 'application/json; charset=utf-8').send(bytes);
});
await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });

process.on('SIGTERM', () => process.exit(0));
