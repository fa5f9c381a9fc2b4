import "../materials/laws_test.ts";
