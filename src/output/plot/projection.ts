/**
 * The parallel projection in which a 3-D mesh is seen.
 *
 * @module
 */

/** The direction from which a 3-D mesh is seen, in degrees. */
export interface ViewAngles {
  /** The angle around the z axis, from the x axis towards the y axis; defaults to -60. */
  readonly azimuth?: number;
  /** The angle above the x-y plane; defaults to 25. */
  readonly elevation?: number;
}

/** The rows of a rotation: to the right, upward, and towards the viewer. */
export interface ViewProjection {
  readonly right: readonly [number, number, number];
  readonly up: readonly [number, number, number];
  readonly toEye: readonly [number, number, number];
}

/**
 * The axes of the picture in model space.
 *
 * @throws {RangeError} when an angle is not finite.
 */
export function projectionFrom(angles: ViewAngles = {}): ViewProjection {
  const { azimuth = -60, elevation = 25 } = angles;
  if (!Number.isFinite(azimuth + elevation)) {
    throw new RangeError(
      `view: angles must be finite numbers of degrees, got azimuth ${azimuth}, elevation ${elevation}`,
    );
  }
  const a = azimuth * Math.PI / 180, e = elevation * Math.PI / 180;
  const [ca, sa, ce, se] = [Math.cos(a), Math.sin(a), Math.cos(e), Math.sin(e)];
  return { right: [-sa, ca, 0], up: [-se * ca, -se * sa, ce], toEye: [ce * ca, ce * sa, se] };
}

/** Projects points; the third coordinate is their nearness to the viewer: `[n x 3]` to `[n x 3]`. */
export function project({ right, up, toEye }: ViewProjection, points: Float64Array): Float64Array {
  const out = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 3) {
    const x = points[i], y = points[i + 1], z = points[i + 2];
    out[i] = right[0] * x + right[1] * y + right[2] * z;
    out[i + 1] = up[0] * x + up[1] * y + up[2] * z;
    out[i + 2] = toEye[0] * x + toEye[1] * y + toEye[2] * z;
  }
  return out;
}

/** The brightness of triangles, `[n]`, from 0.7 to 1; the light comes from the upper left. */
export function brightnessOf(projected: Float64Array): Float64Array {
  const out = new Float64Array(projected.length / 9);
  for (let n = 0, o = 0; n < out.length; n++, o += 9) {
    const [ax, ay, az] = [0, 1, 2].map((k) => projected[o + 3 + k] - projected[o + k]);
    const [bx, by, bz] = [0, 1, 2].map((k) => projected[o + 6 + k] - projected[o + k]);
    const nx = ay * bz - az * by, ny = az * bx - ax * bz, nz = ax * by - ay * bx;
    const size = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
    const sign = nz < 0 ? -1 : 1;
    const light = sign * (-0.35 * nx + 0.45 * ny + 0.82 * nz) / size;
    out[n] = 0.7 + 0.3 * Math.max(0, light);
  }
  return out;
}
