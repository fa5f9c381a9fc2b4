import "../examples/examples_test.ts";
import "../examples/flow_examples_test.ts";
import "../examples/long_run_test.ts";
import "../examples/rotating_hill_test.ts";
