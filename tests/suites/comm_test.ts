import "../comm/collectives_test.ts";
import "../comm/run_ranks_test.ts";
import "../comm/waiting_test.ts";
