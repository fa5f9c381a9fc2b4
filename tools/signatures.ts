import { type ast, walk } from "./syntax.ts";

/** Names of types that hold numbers in some layout; plain bytes have none. */
const arrays =
  /^(Float(16|32|64)Array|(Int|Uint)(16|32)Array|Int8Array|Big(Int|Uint)64Array|NdArray|Points)$/;

/** Whether an array of numbers stands in the signature of a function, a member or a type. */
export function namesArray(node: ast.Node): boolean {
  return typesOf(node).some((type) => {
    let found = false;
    walk(type, (it) => {
      if (it.type === "TSTypeReference" && it.typeName.type === "Identifier") {
        found ||= arrays.test(it.typeName.name);
      }
      if (it.type === "TSArrayType") found ||= isMatrix(it);
    });
    return found;
  }) && !hasShapeParameter(node);
}

/** `number[][]`, with or without `readonly`. */
function isMatrix(type: ast.TSArrayType): boolean {
  let inner: ast.Node = type.elementType;
  while (inner.type === "TSParenthesizedType" || inner.type === "TSTypeOperator") {
    inner = inner.typeAnnotation as ast.Node;
  }
  return inner.type === "TSArrayType" && inner.elementType.type === "TSNumberKeyword";
}

/** The types that a reader of the signature sees; bodies, and members of classes, are left out. */
function typesOf(node: ast.Node): ast.Node[] {
  switch (node.type) {
    case "TSTypeAliasDeclaration":
      return [node.typeAnnotation];
    case "VariableDeclaration":
      return node.declarations.flatMap((it) => [it.id, it.init].flatMap(signatureOf));
    default:
      return signatureOf(node);
  }
}

function signatureOf(node: ast.Node | null | undefined): ast.Node[] {
  if (!node) return [];
  if (node.type === "Identifier" || node.type === "ObjectPattern") {
    return node.typeAnnotation ? [node.typeAnnotation] : [];
  }
  const parts = node as {
    params?: ast.Node[];
    parameters?: ast.Node[];
    returnType?: ast.Node | null;
    typeAnnotation?: ast.Node | null;
  };
  const parameters = parts.params ?? parts.parameters ?? [];
  return [...parameters.map(annotationOf), parts.returnType, parts.typeAnnotation]
    .filter((it): it is ast.Node => it !== null && it !== undefined);
}

function annotationOf(parameter: ast.Node): ast.Node | null {
  if (parameter.type === "AssignmentPattern") return annotationOf(parameter.left);
  if (parameter.type === "TSParameterProperty") return annotationOf(parameter.parameter);
  return (parameter as { typeAnnotation?: ast.Node | null }).typeAnnotation ?? null;
}

/** A signature with a parameter `shape` says the layout itself. */
function hasShapeParameter(node: ast.Node): boolean {
  const { params, parameters } = node as { params?: ast.Node[]; parameters?: ast.Node[] };
  return (params ?? parameters ?? []).some((it) => it.type === "Identifier" && it.name === "shape");
}

/** The classes of the errors that a body makes and throws itself, not those of what it calls. */
export function thrownBy(node: ast.Node): string[] {
  const bodies = node.type === "VariableDeclaration"
    ? node.declarations.map((it) => bodyOf(it.init ?? null))
    : [bodyOf(node)];
  const found: string[] = [];
  for (const body of bodies) {
    if (!body) continue;
    walk(body, (it) => {
      if (/Function|Method|^Class/.test(it.type)) return false;
      if (it.type === "ThrowStatement" && it.argument.type === "NewExpression") {
        const { callee } = it.argument;
        if (callee.type === "Identifier") found.push(callee.name);
      }
    });
  }
  return found;
}

function bodyOf(node: ast.Node | null): ast.Node | null {
  const functions = ["FunctionDeclaration", "ClassMethod", "ArrowFunctionExpression"];
  if (!node || ![...functions, "FunctionExpression"].includes(node.type)) return null;
  return (node as { body: ast.Node }).body;
}
