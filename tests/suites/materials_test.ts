import "../materials/laws_test.ts";
import "../materials/materials_test.ts";
