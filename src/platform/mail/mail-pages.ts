import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Email } from 'postal-mime';
import { NotFoundProblem } from '../errors/problems.js';
import type { FileMailer } from './file-mailer.js';
import { type Html, html } from './html.js';

const SHOWN = 100;
const LOOPBACK = /^(::1|(::ffff:)?127(\.\d+){3})$/;
const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

type OneMail = FastifyRequest<{ Params: { name: string } }>;

/** In development: the mail that was written to files, to be read and its links followed. */
export function serveMail(fastify: FastifyInstance, mailer: FileMailer): void {
  const parsed = async (name: string): Promise<Email> => {
    const message = await mailer.read(name);
    if (!message) throw new NotFoundProblem('The mail', name);
    const { default: PostalMime } = await import('postal-mime');
    return PostalMime.parse(message);
  };
  fastify.get('/docs/mail', async (request, reply) => {
    onlyHere(request);
    const names = (await mailer.list()).slice(0, SHOWN);
    const mails = await Promise.all(names.map(async (name) => ({ name, mail: await parsed(name) })));
    return send(reply, listPage(mails));
  });
  fastify.get('/docs/mail/:name', async (request: OneMail, reply) => {
    onlyHere(request);
    const { name } = request.params;
    return send(reply, mailPage(name, await parsed(name)));
  });
  fastify.get('/docs/mail/:name/html', async (request: OneMail, reply) => {
    onlyHere(request);
    const { html: body } = await parsed(request.params.name);
    // Links open beside the frame, not in it.
    return send(reply, `<base target="_blank">${body ?? ''}`);
  });
}

/**
 * There are tokens in mail, so it is shown to a browser on this machine only: not to the network, not to a page of
 * another origin that may call the API (Origin), not to one whose name was made to point here (Host).
 */
function onlyHere({ socket, headers }: FastifyRequest): void {
  const here =
    LOOPBACK.test(socket.remoteAddress ?? '') && LOCAL_HOST.test(headers.host ?? '') && headers.origin === undefined;
  if (!here) throw new NotFoundProblem('Mail, but to a browser on the machine of Galley, this');
}

function send(reply: FastifyReply, page: Html | string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(typeof page === 'string' ? page : page.text);
}

const frame = (title: string, body: Html): Html => html`<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1.25rem}
td,th{text-align:left;padding:.3rem 1rem .3rem 0}iframe{width:100%;height:24rem;border:1px solid #ccd}
pre{white-space:pre-wrap;overflow-wrap:anywhere}</style></head><body><h1>${title}</h1>${body}</body></html>`;

function listPage(mails: { name: string; mail: Email }[]): Html {
  const rows = mails.map(
    ({ name, mail }) =>
      html`<tr><td>${mail.date ?? ''}</td><td>${recipient(mail)}</td><td><a href="/docs/mail/${name}">${mail.subject ?? ''}</a></td></tr>`,
  );
  const none = html`<p>None was sent yet.</p>`;
  return frame('Mail', mails.length > 0 ? html`<table>${rows}</table>` : none);
}

/** The HTML stands in a frame that may run no scripts and is of no origin. */
function mailPage(name: string, mail: Email): Html {
  return frame(
    mail.subject ?? '',
    html`<p>To ${recipient(mail)}. <a href="/docs/mail">All mail</a></p><pre>${mail.text ?? ''}</pre>
<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/docs/mail/${name}/html" title="HTML"></iframe>`,
  );
}

const recipient = ({ to }: Email): string => to?.map(({ address }) => address ?? '').join(', ') ?? '';
