// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * Requests to an object store, by Amazon's own client. It reads environment variables when it is loaded, and the
 * credentials in them and in `~/.aws` where it is not given any.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "npm:@aws-sdk/client-s3@3.1175.0";

/** Where the objects are, and who asks for them. */
export interface S3Settings {
  readonly bucket: string;
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly credentials: S3Credentials | undefined;
  /** How often a request is sent that fails for a reason that may pass. */
  readonly attempts: number;
  /** The name and the version of the program that asks. */
  readonly agent: readonly [string, string];
}

/** A key and its secret. */
export interface S3Credentials {
  /** The name of the key. */
  readonly accessKeyId: string;
  /** Its secret. */
  readonly secretAccessKey: string;
  /** What belongs to keys that are valid for a while. */
  readonly sessionToken?: string | undefined;
}

/** Some of the objects, and how to ask for the next. */
export interface S3Page {
  readonly files: readonly { readonly key: string; readonly tag: string | undefined }[];
  readonly next: string | undefined;
}

/** An object that arrives. */
export interface S3Body {
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly length: number | undefined;
}

/** The requests; each ends with the error of the client or of the signal. */
export interface S3Connection {
  put(key: string, body: Uint8Array, signal: AbortSignal): Promise<void>;
  get(key: string, signal: AbortSignal): Promise<S3Body>;
  list(prefix: string, from: string | undefined, signal: AbortSignal): Promise<S3Page>;
  remove(key: string, signal: AbortSignal): Promise<void>;
  /** Removes up to 1000 objects; a sentence for each that is still there. */
  removeAll(keys: readonly string[], signal: AbortSignal): Promise<string[]>;
  /** Begins an object in parts; the name of the attempt. */
  begin(key: string, signal: AbortSignal): Promise<string>;
  /** Sends part `number`, from 1; its tag. */
  part(
    key: string,
    attempt: string,
    number: number,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<string>;
  /** Makes an object of the parts with these tags, in their order. */
  end(
    key: string,
    attempt: string,
    tags: readonly string[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Forgets the parts. */
  abandon(key: string, attempt: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** What the server compares with what arrives. */
const md5 = (body: string | Uint8Array) => createHash("md5").update(body).digest("base64");

/** A client; nothing is sent yet. */
export function openS3(settings: S3Settings): S3Connection {
  const { bucket: Bucket } = settings, client = clientOf(settings);
  return {
    put: async (Key, Body, abortSignal) => {
      const command = new PutObjectCommand({ Bucket, Key, Body, ContentMD5: md5(Body) });
      await client.send(command, { abortSignal });
    },
    get: async (Key, abortSignal) => {
      const command = new GetObjectCommand({ Bucket, Key });
      const { Body, ContentLength: length } = await client.send(command, { abortSignal });
      return { pieces: Body as unknown as AsyncIterable<Uint8Array>, length };
    },
    list: async (Prefix, ContinuationToken, abortSignal) => {
      const command = new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken });
      const { Contents = [], IsTruncated, NextContinuationToken } = await client.send(command, {
        abortSignal,
      });
      const files = Contents.map(({ Key, ETag }) => ({ key: Key!, tag: ETag }));
      return { files, next: IsTruncated === true ? NextContinuationToken : undefined };
    },
    remove: async (Key, abortSignal) => {
      await client.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal });
    },
    removeAll: async (keys, abortSignal) => {
      const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
      const command = new DeleteObjectsCommand({ Bucket, Delete });
      const { Errors = [] } = await client.send(command, { abortSignal });
      return Errors.map(({ Key, Code, Message }) => `${Key}: ${Code} ${Message ?? ""}`.trim());
    },
    begin: async (Key, abortSignal) => {
      const command = new CreateMultipartUploadCommand({ Bucket, Key });
      return (await client.send(command, { abortSignal })).UploadId!;
    },
    part: async (Key, UploadId, PartNumber, Body, abortSignal) => {
      const part = { Bucket, Key, UploadId, PartNumber, Body, ContentMD5: md5(Body) };
      return (await client.send(new UploadPartCommand(part), { abortSignal })).ETag!;
    },
    end: async (Key, UploadId, tags, abortSignal) => {
      const Parts = tags.map((ETag, i) => ({ ETag, PartNumber: i + 1 }));
      const whole = { Bucket, Key, UploadId, MultipartUpload: { Parts } };
      await client.send(new CompleteMultipartUploadCommand(whole), { abortSignal });
    },
    abandon: async (Key, UploadId, abortSignal) => {
      const command = new AbortMultipartUploadCommand({ Bucket, Key, UploadId });
      await client.send(command, { abortSignal });
    },
    close: () => client.destroy(),
  };
}

/** Without members that are undefined, which the client's types refuse. */
function ownOf({ accessKeyId, secretAccessKey, sessionToken }: S3Credentials) {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

function clientOf({ endpoint, region, credentials, attempts, agent }: S3Settings): S3Client {
  const client = new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(credentials !== undefined && { credentials: ownOf(credentials) }),
    maxAttempts: attempts,
    // Checksums of the client's own kind are in the body's trailer, which servers other than Amazon's may not know;
    // every body goes with its MD5.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // The client's own would ask for permission to see what the system is.
    defaultUserAgentProvider: () => Promise.resolve([[...agent]]),
  });
  client.middlewareStack.add(
    (next, { commandName }) => (args) => {
      const request = args.request as { headers: Record<string, string>; body: string };
      if (commandName === "DeleteObjectsCommand") {
        request.headers["content-md5"] = md5(request.body);
      }
      return next(args);
    },
    { step: "build", name: "digestOfLists" },
  );
  return client;
}
