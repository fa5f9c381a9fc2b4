import "../flow/curved_test.ts";
import "../flow/flow_fields_test.ts";
import "../flow/inertia_test.ts";
import "../flow/stokes_law_test.ts";
import "../flow/stokes_orders_test.ts";
import "../flow/stokes_test.ts";
import "../flow/swarm_fit_test.ts";
import "../flow/swarm_means_test.ts";
