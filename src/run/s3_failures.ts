/**
 * What the errors of the client of an object store mean.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import { StoreError, type StoreFailure } from "../errors.ts";

/** What to do about each. */
const advice: Readonly<Record<StoreFailure, string>> = {
  credentials:
    "there are no credentials; pass credentials, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  access: "the credentials do not give access",
  bucket: "there is no such bucket; create it first",
  missing: "there is no such file",
  connection: "the connection could not be made, or broke",
  timeout: "there was no answer",
  server: "the server refused",
};

/** Names of errors, and codes of the system's, by what they mean. */
const meanings: readonly (readonly [StoreFailure, RegExp])[] = [
  ["credentials", /^(CredentialsProviderError|CredentialsError|TokenProviderError)$/],
  ["bucket", /^NoSuchBucket$/],
  ["missing", /^(NoSuchKey|NotFound)$/],
  [
    "access",
    /^(AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|AllAccessDisabled)$/,
  ],
  ["timeout", /^(TimeoutError|RequestTimeout)$/],
  [
    "connection",
    /^(ECONN\w+|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE)$|^Connection(Refused|Reset|Aborted)$|^UnexpectedEof$/,
  ],
];

/**
 * The error to throw.
 *
 * @param seconds The time after which the request was ended; null if it was not.
 */
export function storeErrorOf(
  location: string,
  what: string,
  error: unknown,
  seconds: number | null,
): unknown {
  const reason = seconds !== null ? "timeout" : reasonOf(error);
  // What is none of the server's is the caller's, as the error of the pieces that are to be written.
  if (reason === null) return error;
  const more = seconds !== null
    ? ` within ${seconds} s`
    : ` (${(error as Error).name}: ${messageOf(error)})`;
  const text = `cannot ${what} in "${location}": ${advice[reason]}${more}`;
  return new StoreError(location, reason, text, { cause: error });
}

function reasonOf(error: unknown): StoreFailure | null {
  if (!(error instanceof Error) || error instanceof StoreError) return null;
  const { code, $metadata } = error as Error & {
    readonly code?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const texts = [
    error.name,
    code ?? "",
    (error.cause as { code?: string } | undefined)?.code ?? "",
  ];
  const meaning = meanings.find(([, pattern]) => texts.some((text) => pattern.test(text)));
  if (meaning !== undefined) return meaning[0];
  const status = $metadata?.httpStatusCode;
  if (status === 401 || status === 403) return "access";
  if (status !== undefined) return "server";
  return /socket|connection|network|premature|aborted|hang up/i.test(error.message)
    ? "connection"
    : null;
}
