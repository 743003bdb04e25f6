// The hexagons as one MapLibre custom layer: geometry goes to the graphics card once, a step of the slider
// only replaces a small texture of colours. Measured against a fill layer with feature-state in
// docs/decisions/0005-cells-as-one-layer.md.
import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibreMap } from "maplibre-gl";
import type { HexagonMesh } from "./hexagons";
import { PATTERN_ALPHA } from "./palette";

const TEXTURE_WIDTH = 512;
/** Borders between cells appear once a cell is wide enough to leave them room, in CSS pixels. */
const BORDER_FROM = 5;

/** Alpha half way between two patterns: from here down the first of them no longer holds. */
const between = (upper: keyof typeof PATTERN_ALPHA, lower: keyof typeof PATTERN_ALPHA) =>
  ((PATTERN_ALPHA[upper] + PATTERN_ALPHA[lower]) / 2 / 255).toFixed(3);

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform highp sampler2D u_colours;
in vec2 a_position;
in uint a_cell_rim;
out float v_rim;
flat out vec4 v_colour;
void main() {
  int cell = int(a_cell_rim >> 1u);
  v_colour = texelFetch(u_colours, ivec2(cell % ${TEXTURE_WIDTH}, cell / ${TEXTURE_WIDTH}), 0);
  v_rim = float(a_cell_rim & 1u);
  gl_Position = u_matrix * vec4(a_position, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
uniform float u_border;
uniform float u_pixel_ratio;
in float v_rim;
flat in vec4 v_colour;
out vec4 colour;
void main() {
  vec3 fill = v_colour.rgb;
  vec2 at = gl_FragCoord.xy / u_pixel_ratio;
  if (v_colour.a < ${between("dotted", "hatched")}) {
    fill = mix(vec3(0.96), fill, step(mod(at.x + at.y, 7.0), 2.0));
  } else if (u_border > 0.0 && v_colour.a < ${between("striped", "dotted")}) {
    fill = mix(vec3(1.0), fill, 0.25 + 0.75 * step(1.3, distance(mod(at, 6.0), vec2(3.0))));
  } else if (u_border > 0.0 && v_colour.a < ${between("solid", "striped")}) {
    fill = mix(vec3(1.0), fill, 0.25 + 0.75 * step(1.5, mod(at.x - at.y, 6.0)));
  }
  float border = u_border > 0.0 ? smoothstep(1.0 - 2.0 * u_border, 1.0 - u_border, v_rim) * 0.55 : 0.0;
  // Opaque: a cell has the very colour that the legend shows.
  colour = vec4(mix(fill, vec3(1.0), border), 1.0);
}`;

/** Colour of cell `index`, packed as `packRgba` does; its alpha names the pattern. */
export type CellColour = (index: number) => number;

export class CellLayer implements CustomLayerInterface {
  readonly type = "custom" as const;
  readonly renderingMode = "2d" as const;
  visible = true;
  private readonly colours: Uint32Array<ArrayBuffer>;
  private readonly cells: number;
  private map: MapLibreMap | null = null;
  private gpu: Gpu | null = null;
  private stale = true;

  constructor(
    private readonly mesh: HexagonMesh,
    cells: number,
    readonly id = "cells",
  ) {
    this.cells = cells;
    this.colours = new Uint32Array(TEXTURE_WIDTH * Math.max(1, Math.ceil(cells / TEXTURE_WIDTH)));
  }

  /** Recolours all cells; drawn with the map's next frame. */
  paint(colourOf: CellColour): void {
    for (let i = 0; i < this.cells; i++) this.colours[i] = colourOf(i);
    this.stale = true;
    this.map?.triggerRepaint();
  }

  onAdd(map: MapLibreMap, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.gpu = new Gpu(gl, this.mesh);
    this.stale = true;
  }

  onRemove(_map: MapLibreMap, gl: WebGL2RenderingContext): void {
    this.gpu?.free(gl);
    this.gpu = null;
    this.map = null;
  }

  render(gl: WebGL2RenderingContext, input: CustomRenderMethodInput): void {
    if (!this.visible || !this.gpu || !this.map) return;
    if (this.stale) {
      this.gpu.upload(gl, new Uint8Array(this.colours.buffer));
      this.stale = false;
    }
    const apothem = this.mesh.apothem * 512 * 2 ** this.map.getZoom();
    this.gpu.draw(gl, {
      matrix: translated(input.defaultProjectionData.mainMatrix, this.mesh.anchor),
      border: apothem > BORDER_FROM ? 0.6 / apothem : 0,
      pixelRatio: this.map.getPixelRatio(),
    });
  }
}

interface Frame {
  matrix: Float32Array;
  border: number;
  pixelRatio: number;
}

/** Program, buffers and the colour texture of one WebGL context. */
class Gpu {
  private readonly program: WebGLProgram;
  private readonly vertices: WebGLVertexArrayObject;
  private readonly buffers: WebGLBuffer[] = [];
  private readonly texture: WebGLTexture;
  private readonly indices: number;

  constructor(gl: WebGL2RenderingContext, mesh: HexagonMesh) {
    this.program = link(gl);
    this.vertices = gl.createVertexArray();
    gl.bindVertexArray(this.vertices);
    this.fill(gl, gl.ARRAY_BUFFER, mesh.positions);
    const position = gl.getAttribLocation(this.program, "a_position");
    gl.enableVertexAttribArray(position);
    gl.vertexAttribPointer(position, 2, gl.FLOAT, false, 0, 0);
    this.fill(gl, gl.ARRAY_BUFFER, mesh.cellAndRim);
    const cell = gl.getAttribLocation(this.program, "a_cell_rim");
    gl.enableVertexAttribArray(cell);
    gl.vertexAttribIPointer(cell, 1, gl.UNSIGNED_INT, 0, 0);
    this.fill(gl, gl.ELEMENT_ARRAY_BUFFER, mesh.triangles);
    this.indices = mesh.triangles.length;
    gl.bindVertexArray(null);
    this.texture = gl.createTexture();
  }

  upload(gl: WebGL2RenderingContext, colours: Uint8Array): void {
    const height = colours.length / 4 / TEXTURE_WIDTH;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    // MapLibre leaves these set for its own images; colours must arrive as they are.
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, TEXTURE_WIDTH, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, colours);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }

  draw(gl: WebGL2RenderingContext, frame: Frame): void {
    gl.useProgram(this.program);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.uniform1i(gl.getUniformLocation(this.program, "u_colours"), 0);
    gl.uniformMatrix4fv(gl.getUniformLocation(this.program, "u_matrix"), false, frame.matrix);
    gl.uniform1f(gl.getUniformLocation(this.program, "u_border"), frame.border);
    gl.uniform1f(gl.getUniformLocation(this.program, "u_pixel_ratio"), frame.pixelRatio);
    gl.disable(gl.CULL_FACE);
    gl.bindVertexArray(this.vertices);
    gl.drawElements(gl.TRIANGLES, this.indices, gl.UNSIGNED_INT, 0);
    gl.bindVertexArray(null);
  }

  free(gl: WebGL2RenderingContext): void {
    gl.deleteProgram(this.program);
    gl.deleteVertexArray(this.vertices);
    gl.deleteTexture(this.texture);
    for (const buffer of this.buffers) gl.deleteBuffer(buffer);
  }

  private fill(gl: WebGL2RenderingContext, target: GLenum, data: Float32Array | Uint32Array): void {
    const buffer = gl.createBuffer();
    this.buffers.push(buffer);
    gl.bindBuffer(target, buffer);
    gl.bufferData(target, data, gl.STATIC_DRAW);
  }
}

function link(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error("WebGL: no shader");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(`WebGL: ${gl.getProgramInfoLog(program)}`);
  }
  return program;
}

/**
 * `matrix` applied after a move by `anchor`, multiplied in double precision: at street level single precision
 * would let the hexagons jitter by metres.
 */
export function translated(matrix: ArrayLike<number>, anchor: readonly [number, number]): Float32Array {
  const result = Float32Array.from({ length: 16 }, (_, i) => matrix[i] as number);
  for (let row = 0; row < 4; row++) {
    const at = (column: number) => matrix[column * 4 + row] as number;
    result[12 + row] = at(0) * anchor[0] + at(1) * anchor[1] + at(3);
  }
  return result;
}
