import "../ddt/coefficients_test.ts";
import "../ddt/eulerian_ddt_test.ts";
import "../ddt/lagrangian_ddt_test.ts";
import "../ddt/lagrangian_swarm_ddt_test.ts";
import "../ddt/recovered_gradient_test.ts";
import "../ddt/semi_lagrangian_ddt_test.ts";
import "../ddt/symbolic_ddt_test.ts";
import "../ddt/wrong_calls_test.ts";
