/**
 * The parser of the command line: routes, flags with types, help.
 *
 * @module
 */
export {
  buildApplication,
  buildCommand,
  buildRouteMap,
  type Command,
  type CommandContext,
  run,
  text_en,
} from "npm:@stricli/core@1.3.0";
