import "../adjoint/gradient_test.ts";
import "../adjoint/optimize_test.ts";
import "../adjoint/reverse_test.ts";
import "../adjoint/schedule_test.ts";
