// In place of a camera: a table, and what is held over it (`holdBefore`): a side, its squares as ones and zeros, a turn.
const canvas = document.createElement("canvas");
[canvas.width, canvas.height] = [1280, 720];
const context = canvas.getContext("2d");
const small = document.createElement("canvas");
const table = (width, height, blue) => {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = `rgb(138 131 ${blue})`;
  context.fillRect(0, 0, width, height);
};
table(canvas.width, canvas.height, 120);
window.holdBefore = (side, squares, turn) => {
  small.width = small.height = side;
  const points = Array.from(squares, (square) => (square === "1" ? 225 : 35)).flatMap((light) => [light, light, light, 255]);
  small.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(points), side), 0, 0);
  table(canvas.width, canvas.height, 120);
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate(turn);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, -250, -250, 500, 500);
};
// A camera goes on giving pictures when nothing moves.
let blue = 0;
setInterval(() => table(2, 2, 120 + (blue++ % 2)), 30);
navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(30);
