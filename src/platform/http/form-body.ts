import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream, type BusboyHeaders } from '@fastify/busboy';
import { applyDecorators, createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import {
  BodyTooLarge,
  MalformedRequest,
  UnknownProperty,
  UnsupportedMediaType,
  ValidationFailed,
} from '../errors/problems.js';
import { demandAccessStill, type RequestWithCaller } from './access.js';

const TYPE = 'multipart/form-data';
/** Beside the file. Texts are short: they are kept in memory. */
const MOST_FIELDS = 10;
const LONGEST_FIELD = 10_000;
/** Bytes that a form may have around its file. */
const AROUND = 64 * 1024;

interface Configured {
  form?: boolean;
}

/** A form that comes as a stream: nothing of it has been read. */
export interface FormBody {
  headers: IncomingHttpHeaders;
  stream: Readable;
  /** Asked once it has been read: refuses who may no longer. */
  demandAccessStill: () => Promise<void>;
}

/** What was in a form. Its file is where it was asked to be put. */
export interface ReceivedForm {
  fields: Record<string, string>;
  bytes: number;
  /** SHA-256 of the file, in hexadecimal. */
  hash: string;
}

/** The body is a form with a `file` and texts, as browsers send it: take it with `@Form()`. `type` describes it. */
export const TakesForm = (type: Type) =>
  applyDecorators(
    RouteConfig({ form: true } satisfies Configured),
    ApiConsumes(TYPE),
    ApiBody({ required: true, description: 'The file, and what is said of it.', type }),
  );

export const Form = createParamDecorator((_: unknown, context: ExecutionContext): FormBody => {
  const request = context.switchToHttp().getRequest<RequestWithCaller>();
  if (!(request.body as Readable | undefined)?.pipe) throw new UnsupportedMediaType(`Send the body as ${TYPE}.`);
  return {
    headers: request.headers,
    stream: request.body as Readable,
    demandAccessStill: () => demandAccessStill(request),
  };
});

export function acceptForms(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(TYPE, (request, payload, done) => {
    if ((request.routeOptions.config as Configured).form) done(null, payload);
    else done(new UnsupportedMediaType(`Send the body as application/json, not as ${TYPE}.`), undefined);
  });
}

/**
 * Reads a form to its end and puts its `file` at this path, in constant memory. Asks then whether the sender still may.
 * @throws {BodyTooLarge} as soon as the file has more bytes than `most`, {MalformedRequest} {UnknownProperty}
 * {ValidationFailed} for what is no such form. What is left of the request then flows away: many a client reads no
 * answer before it has sent everything.
 */
export async function receiveForm(form: FormBody, path: string, most: number): Promise<ReceivedForm> {
  const { headers, stream } = form;
  try {
    if (Number(headers['content-length'] ?? 0) > most + AROUND) throw tooLarge(most);
    const received = await new FormReader(headers, path, most).read(stream);
    await form.demandAccessStill();
    return received;
  } finally {
    stream.resume();
  }
}

const tooLarge = (most: number) => new BodyTooLarge(`The file may have at most ${most} bytes.`);
const brokenOff = () => new MalformedRequest('The upload broke off. Send the file again.');

class FormReader {
  private readonly form;
  private readonly hash = createHash('sha256');
  private readonly fields: Record<string, string> = {};
  private part: BusboyFileStream | undefined;
  private written: Promise<void> | undefined;
  private bytes = 0;

  constructor(
    headers: IncomingHttpHeaders,
    private readonly path: string,
    private readonly most: number,
  ) {
    const limits = {
      files: 1,
      fileSize: most,
      fields: MOST_FIELDS,
      fieldSize: LONGEST_FIELD,
      fieldNameSize: 100,
      parts: 20,
    };
    try {
      this.form = Busboy({ headers: headers as BusboyHeaders, limits: { ...limits, headerPairs: 20 } });
    } catch (error) {
      throw malformed(error);
    }
  }

  async read(stream: Readable): Promise<ReceivedForm> {
    try {
      await this.through(stream);
      if (!this.written) throw misfit('/file', 'required', 'is required.');
      await this.written;
    } catch (error) {
      stream.unpipe(this.form);
      this.part?.destroy();
      // Nothing may be writing any more when the caller cleans up.
      await this.written?.catch(() => {});
      throw error;
    }
    return { fields: this.fields, bytes: this.bytes, hash: this.hash.digest('hex') };
  }

  private through(stream: Readable): Promise<void> {
    return new Promise((resolve, reject) => {
      // They have left already: nobody would say so again.
      if (stream.destroyed && !stream.readableEnded) return reject(brokenOff());
      stream.once('error', () => reject(brokenOff()));
      stream.once('close', () => stream.readableEnded || reject(brokenOff()));
      this.form
        .once('finish', resolve)
        .on('error', (error) => reject(stream.readableAborted ? brokenOff() : malformed(error)))
        .once('filesLimit', () => reject(misfit('/file', 'too_many', 'must be one file.')))
        .once('fieldsLimit', () => reject(new MalformedRequest(`The form has more than ${MOST_FIELDS} fields.`)))
        .once('partsLimit', () => reject(new MalformedRequest('The form has too many parts.')))
        .on('file', (name, part) => this.write(name, part, reject))
        .on('field', (name, value, _, truncated) => {
          if (truncated) reject(misfit(`/${name}`, 'too_long', 'is too long.'));
          else if (Object.hasOwn(this.fields, name)) reject(misfit(`/${name}`, 'too_many', 'must be there once.'));
          else Object.defineProperty(this.fields, name, { value, enumerable: true });
        });
      stream.pipe(this.form);
    });
  }

  private write(name: string, part: BusboyFileStream, reject: (error: Error) => void): void {
    this.part = part;
    // The form says it too, and an error that nobody hears ends the process.
    part.on('error', () => {});
    part.once('limit', () => reject(tooLarge(this.most)));
    if (name !== 'file') {
      const message = `"${name.slice(0, 100)}" is not known here: the file is called "file".`;
      reject(new UnknownProperty([{ pointer: `/${name.slice(0, 100)}`, code: 'unknown', message }]));
      part.resume();
      return;
    }
    const counted = async function* (this: FormReader) {
      for await (const chunk of part as AsyncIterable<Buffer>) {
        this.bytes += chunk.length;
        this.hash.update(chunk);
        yield chunk;
      }
    }.bind(this);
    this.written = pipeline(counted, createWriteStream(this.path, { flags: 'wx', mode: 0o600 }));
    this.written.catch(reject);
  }
}

const malformed = (error: unknown) =>
  new MalformedRequest(`The form is malformed: ${(error as Error).message.replace(/\.+$/, '').slice(0, 200)}.`);

const misfit = (pointer: string, code: string, message: string) => new ValidationFailed([{ pointer, code, message }]);
