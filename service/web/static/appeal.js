// The staff's page of an appeal works without a script; with one it says so when the clip does not play.

const clip = document.getElementById("clip");

function tell() {
  document.getElementById("clip-trouble").hidden = false;
  clip.hidden = true;
}

if (clip?.error) tell();
clip?.addEventListener("error", tell);
