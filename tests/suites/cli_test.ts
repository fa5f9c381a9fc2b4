import "../cli/cli_test.ts";
