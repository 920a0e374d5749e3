//! Two versions of one small form, for the tests of this room.

use crate::form::Form;

/// The first version.
pub fn first() -> Form {
    read(FIRST)
}

/// The second: one question reworded, one gone, one come, one moved, one of another type, a choice gone and one come.
pub fn second() -> Form {
    read(SECOND)
}

fn read(text: &str) -> Form {
    let read = crate::xform::read_alone(text);
    read.form.unwrap_or_else(|| panic!("{:?}", read.problems))
}

const FIRST: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>Travail</h:title><model>
<itext>
<translation lang="Français (fr)">
<text id="/data/travail/pays:label"><value>Dans quel pays ?</value></text>
<text id="/data/travail/age:label"><value>Âge</value></text>
<text id="/data/travail/age:hint"><value>En années.</value></text>
<text id="/data/travail/motif:label"><value>Pourquoi ?</value></text>
<text id="/data/travail:label"><value>Votre travail</value></text>
<text id="/data/salaire:label"><value>Salaire</value></text>
<text id="pays-0"><value>Haïti</value></text>
<text id="pays-1"><value>Honduras</value></text>
</translation>
<translation lang="Español (es)">
<text id="/data/travail/pays:label"><value>¿En qué país?</value></text>
<text id="/data/travail/age:label"><value>Edad</value></text>
<text id="/data/travail/age:hint"><value>-</value></text>
<text id="/data/travail/motif:label"><value>¿Por qué?</value></text>
<text id="/data/travail:label"><value>Su trabajo</value></text>
<text id="/data/salaire:label"><value>Salario</value></text>
<text id="pays-1"><value>Honduras</value></text>
</translation>
</itext>
<instance><data id="travail" version="1"><travail><pays/><age/><motif/></travail><salaire/><meta><instanceID/></meta></data></instance>
<instance id="pays"><root><item><name>ht</name><itextId>pays-0</itextId></item><item><name>hn</name><itextId>pays-1</itextId></item></root></instance>
<bind nodeset="/data/travail/pays" type="string" required="true()"/>
<bind nodeset="/data/travail/age" type="int" relevant="selected( /data/travail/pays ,'ht')"/>
<bind nodeset="/data/travail/motif" type="string" relevant=" /data/travail/age  &lt; 18 and  /data/travail/pays  != ''"/>
<bind nodeset="/data/salaire" type="int"/>
</model></h:head>
<h:body>
<group ref="/data/travail"><label ref="jr:itext('/data/travail:label')"/>
<select1 ref="/data/travail/pays"><label ref="jr:itext('/data/travail/pays:label')"/><itemset nodeset="instance('pays')/root/item"><value ref="name"/><label ref="jr:itext(itextId)"/></itemset></select1>
<input ref="/data/travail/age"><label ref="jr:itext('/data/travail/age:label')"/><hint ref="jr:itext('/data/travail/age:hint')"/></input>
<input ref="/data/travail/motif"><label ref="jr:itext('/data/travail/motif:label')"/></input>
</group>
<input ref="/data/salaire"><label ref="jr:itext('/data/salaire:label')"/></input>
</h:body></h:html>"#;

const SECOND: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>Travail</h:title><model>
<itext>
<translation lang="Français (fr)">
<text id="/data/travail/pays:label"><value>Dans quel pays travaillez-vous ?</value></text>
<text id="/data/travail/age:label"><value>Âge</value></text>
<text id="/data/travail:label"><value>Votre travail</value></text>
<text id="/data/travail/salaire:label"><value>Salaire</value></text>
<text id="/data/syndicat:label"><value>Syndicat</value></text>
<text id="pays-0"><value>Haïti</value></text>
<text id="pays-1"><value>Guatemala</value></text>
</translation>
</itext>
<instance><data id="travail" version="2"><travail><pays/><age/><salaire/></travail><syndicat/><meta><instanceID/></meta></data></instance>
<instance id="pays"><root><item><name>ht</name><itextId>pays-0</itextId></item><item><name>gt</name><itextId>pays-1</itextId></item></root></instance>
<bind nodeset="/data/travail/pays" type="string" required="true()"/>
<bind nodeset="/data/travail/age" type="date" relevant="selected( /data/travail/pays ,'ht')"/>
<bind nodeset="/data/travail/salaire" type="int"/>
<bind nodeset="/data/syndicat" type="string" required="true()"/>
</model></h:head>
<h:body>
<group ref="/data/travail"><label ref="jr:itext('/data/travail:label')"/>
<select1 ref="/data/travail/pays"><label ref="jr:itext('/data/travail/pays:label')"/><itemset nodeset="instance('pays')/root/item"><value ref="name"/><label ref="jr:itext(itextId)"/></itemset></select1>
<input ref="/data/travail/age"><label ref="jr:itext('/data/travail/age:label')"/></input>
<input ref="/data/travail/salaire"><label ref="jr:itext('/data/travail/salaire:label')"/></input>
</group>
<input ref="/data/syndicat"><label ref="jr:itext('/data/syndicat:label')"/></input>
</h:body></h:html>"#;
