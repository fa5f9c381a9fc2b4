import "../_helpers_test.ts";
import "../arrays_test.ts";
import "../error_guard_test.ts";
import "../fixed_fields_test.ts";
import "../options_test.ts";
import "../public_api_test.ts";
import "../wrong_options_test.ts";
