import "../docs/claims_test.ts";
import "../docs/printed_test.ts";
